import { Session } from 'node:inspector';
import { writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
const require = createRequire(import.meta.url);
const pg = require('pg');
const stats = new Map();
const original = pg.Client.prototype.query;
pg.Client.prototype.query = function (config, ...rest) {
  const name = typeof config === 'object' ? (config.name ?? String(config.text).slice(0, 50).replace(/\s+/g, ' ')) : String(config).slice(0, 50);
  const s = stats.get(name) ?? { n: 0, ms: 0, rows: 0 };
  stats.set(name, s);
  s.n++;
  const t = performance.now();
  for (let i = 0; i < rest.length; i++) if (typeof rest[i] === 'function') { const cb = rest[i]; rest[i] = (e, x) => { s.ms += performance.now() - t; s.rows += x?.rows?.length ?? 0; cb(e, x); }; }
  const r = original.call(this, config, ...rest);
  if (typeof config?.callback === 'function') { const cb = config.callback; config.callback = (e, x) => { s.ms += performance.now() - t; s.rows += x?.rows?.length ?? 0; cb(e, x); }; }
  if (r && r.then) r.then((x) => { s.ms += performance.now() - t; s.rows += x?.rows?.length ?? 0; }, () => {});
  return r;
};
const session = new Session();
session.connect();
if (process.env.PROF !== '0') { session.post('Profiler.enable'); session.post('Profiler.setSamplingInterval', { interval: 500 }); session.post('Profiler.start'); }
process.on('exit', () => {
  const out = process.env.PROF_OUT ?? '/tmp/prof';
  if (process.env.PROF !== '0') session.post('Profiler.stop', (e, { profile }) => writeFileSync(`${out}.${process.pid}.cpuprofile`, JSON.stringify(profile)));
  writeFileSync(`${out}.${process.pid}.sql`, [...stats].map(([k, s]) => `${k}: n=${s.n} avg=${(s.ms / s.n).toFixed(2)}ms rows/stmt=${(s.rows / s.n).toFixed(1)}`).join('\n') + '\n');
});
process.argv[1] = new URL('./dist/cli.js', import.meta.url).pathname;
await import('./dist/cli.js');
