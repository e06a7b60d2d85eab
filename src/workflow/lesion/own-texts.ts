import { join } from 'node:path';
import { PACKAGE_ROOT } from '../../files/versions.js';

/** Sentences of the demo's domains that the phantom was not trained on. */
export const OWN_TEXTS = join(PACKAGE_ROOT, 'bids-templates', 'texts');
