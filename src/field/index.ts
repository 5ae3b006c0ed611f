export {checkConfiguredDevices} from "./configured.ts";
export {createField, type Field, type FieldOptions} from "./field.ts";
