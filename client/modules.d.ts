// client/modules: what the package's build makes of imported files that are no TypeScript.

declare module "*.wasm" {
  const bytes: Uint8Array<ArrayBuffer>;
  export default bytes;
}
