// SPDX-License-Identifier: Apache-2.0
import { renderToReadableStream } from 'react-dom/server.browser';
import { ways } from './page.js';
import { stream } from './react.jsx';

export default ways({ stream: stream(renderToReadableStream) });
