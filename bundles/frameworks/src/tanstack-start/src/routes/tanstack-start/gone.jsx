// SPDX-License-Identifier: Apache-2.0
import { createFileRoute, notFound } from '@tanstack/react-router';

export const Route = createFileRoute('/tanstack-start/gone')({ loader() { throw notFound(); } });
