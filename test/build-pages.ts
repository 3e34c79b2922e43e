// test/build-pages: the Worker's pages as they are now, before anything is tested that serves them.

import { buildPages } from "../edge/pages/build.ts";

export default buildPages;
