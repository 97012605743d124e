// SPDX-License-Identifier: Apache-2.0
// Headers, Request, Response and FormData: undici's, as in Node.  fetch() itself is the engine's.

// in this order: Request uses a conversion that Response defines
import { Response } from 'undici/lib/web/fetch/response.js';
import { FormData } from 'undici/lib/web/fetch/formdata.js';
import { Headers } from 'undici/lib/web/fetch/headers.js';
import { Request } from 'undici/lib/web/fetch/request.js';

export { FormData, Headers, Request, Response };
