export { removeLeftovers } from "./leftovers";
export { keepManifest, manifestFile, manifestFolder, productionManifest, removeManifest } from "./manifests";
