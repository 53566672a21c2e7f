// Copies the browser bundles of the installed npm packages to assets/, from where page.py serves them.
import { copyFileSync, mkdirSync, rmSync } from "node:fs";

const BUNDLES = {
  "react.js": "react/umd/react.production.min.js",
  "react-dom.js": "react-dom/umd/react-dom.production.min.js",
  "graphiql.js": "graphiql/graphiql.min.js",
  "graphiql.css": "graphiql/graphiql.min.css",
  "voyager.js": "graphql-voyager/dist/voyager.standalone.js",
  "voyager.css": "graphql-voyager/dist/voyager.css",
};

const here = new URL(".", import.meta.url);
const target = new URL("assets/", here);
rmSync(target, { recursive: true, force: true });
mkdirSync(target);
for (const [name, source] of Object.entries(BUNDLES)) {
  copyFileSync(new URL(`node_modules/${source}`, here), new URL(name, target));
}
console.log(`${Object.keys(BUNDLES).length} bundles copied to assets/`);
