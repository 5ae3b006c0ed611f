export type {Deploy} from "./deploys.ts";
export {createEditor, type Editor} from "./editor.ts";
export {createEditorLogin, type EditorLogin, type EditorUser} from "./login.ts";
export type {EditorOptions} from "./settings.ts";
