import signing from '../../../docs/signing.md?raw';

/** docs/signing.md as a part of another page: one level lower, and without its links to places that are not on it. */
export const receiverGuide = signing
  .replace(/^# .*\n/, '')
  .replaceAll(/^##/gm, '###')
  .replaceAll(/\[([^\]]+)\]\((?!https:)[^)]*\)/g, '$1');
