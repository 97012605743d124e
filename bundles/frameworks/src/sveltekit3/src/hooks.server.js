// SPDX-License-Identifier: Apache-2.0
// What the application and the framework meant is no news for the log.
export const handleError = ({ kind, error }) => {
  if (kind === 'unknown') console.error(error);
};
