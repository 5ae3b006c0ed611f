export {createPlant, type Plant, type PlantOptions} from "./plant.ts";
export type {PlantState} from "./rest.ts";
