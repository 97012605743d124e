// SPDX-License-Identifier: Apache-2.0
import { createFileRoute } from '@tanstack/react-router';

export const Route = createFileRoute('/tanstack-start/json/$id')({
  server: { handlers: { GET: ({ params }) => Response.json({ id: params.id }) } },
});
