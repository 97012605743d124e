// SPDX-License-Identifier: Apache-2.0
// Not found is no news for the log.
export const handleError = ({ status, message }) => {
  if (status !== 404) console.error(message);
};
