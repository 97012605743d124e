// SPDX-License-Identifier: Apache-2.0
// The methods of console beyond those that the engine writes to the log: all end in one of these.

import { define } from './define.js';

const { debug, error, info, log, warn } = console;

function indented(state, write) {
  return (...args) => write(...(state.depth > 0 ? ['  '.repeat(state.depth - 1) + ' ', ...args] : args));
}

function ms(since) {
  return `${($host.now() - since).toFixed(3)} ms`;
}

// Rows of objects or arrays, aligned in columns; anything else is logged as it is.
function table(data, only) {
  if (typeof data !== 'object' || data === null) return undefined;
  const rows = data instanceof Map ? [...data] : Object.entries(data);
  const columns = new Set(only ?? []);
  for (const [, row] of rows) {
    if (only === undefined && typeof row === 'object' && row !== null) Object.keys(row).forEach((name) => columns.add(name));
  }
  const plain = rows.some(([, row]) => typeof row !== 'object' || row === null);
  const head = ['(index)', ...columns, ...(plain ? ['Values'] : [])];
  const show = (value) => (value === undefined ? '' : typeof value === 'string' ? value : JSON.stringify(value) ?? String(value));
  const lines = [head, ...rows.map(([name, row]) => {
    const isRow = typeof row === 'object' && row !== null;
    return [String(name), ...[...columns].map((column) => (isRow ? show(row[column]) : '')), ...(plain ? [isRow ? '' : show(row)] : [])];
  })];
  const widths = head.map((_, i) => Math.max(...lines.map((line) => line[i].length)));
  return lines.map((line) => line.map((cell, i) => cell.padEnd(widths[i])).join(' | ').trimEnd());
}

export function installConsole() {
  const state = { depth: 0 };
  const counts = new Map();
  const timers = new Map();
  const say = Object.fromEntries(Object.entries({ debug, error, info, log, warn })
    .map(([name, write]) => [name, indented(state, write)]));
  const name = (label) => (label === undefined ? 'default' : `${label}`);
  const withTimer = (label, use) => {
    const since = timers.get(name(label));
    if (since === undefined) say.warn(`console: there is no timer ${name(label)}`);
    else use(since);
  };
  // by their length, arguments that may be left out have a default
  const methods = {
    ...say,
    assert(condition = false, ...args) {
      if (!condition) say.error('Assertion failed', ...args);
    },
    count(label = undefined) {
      counts.set(name(label), (counts.get(name(label)) ?? 0) + 1);
      say.info(`${name(label)}: ${counts.get(name(label))}`);
    },
    countReset(label = undefined) {
      if (!counts.delete(name(label))) say.warn(`console: nothing was counted for ${name(label)}`);
    },
    dir: (value = undefined) => say.log(value),
    dirxml: (...args) => say.log(...args),
    group(...args) {
      if (args.length > 0) say.log(...args);
      if (state.depth < 20) state.depth++;
    },
    groupEnd() {
      if (state.depth > 0) state.depth--;
    },
    table(data = undefined, only = undefined) {
      const lines = table(data, only);
      if (lines === undefined) say.log(data);
      else lines.forEach((line) => say.log(line));
    },
    time(label = undefined) {
      if (timers.has(name(label))) say.warn(`console: the timer ${name(label)} runs already`);
      else timers.set(name(label), $host.now());
    },
    timeEnd(label = undefined) {
      withTimer(label, (since) => {
        timers.delete(name(label));
        say.info(`${name(label)}: ${ms(since)}`);
      });
    },
    timeLog: (label = undefined, ...args) => withTimer(label, (since) => say.log(`${name(label)}: ${ms(since)}`, ...args)),
  };
  methods.groupCollapsed = methods.group;
  for (const [key, value] of Object.entries(methods)) {
    define(console, key, value);
    Object.defineProperty(console, key, { enumerable: true });
  }
  Object.defineProperty(console, Symbol.toStringTag, { value: 'console', configurable: true });
}
