export {createField, type Field, type FieldOptions} from "./field.ts";
