// SPDX-License-Identifier: Apache-2.0
// The boundary hydrates when the news are there, which the browser fetches as well.
import { hydrateRoot } from 'react-dom/client';
import { Document } from '../alive/react.jsx';
import { read } from '../page.js';

const { news } = read({ url: location.href });

hydrateRoot(document, <Document page={globalThis.data} news={news()} />);
