import type { Bench } from './bench.ts';
import type { DatabaseKind, Deployment } from './deployment.ts';

/** Deploys each build on a database of its own, has them prepared, and stops them after the work. */
export async function withEachBuild<Subject extends { readonly deployment: Deployment }>(
  bench: Bench,
  database: DatabaseKind,
  prepare: (deployment: Deployment) => Promise<Subject>,
  work: (subjects: readonly Subject[]) => Promise<void>,
): Promise<void> {
  const subjects: Subject[] = [];
  for (const build of bench.options.builds) {
    const deploy = database === 'embedded' ? bench.deployEmbedded : bench.deployOnServer;
    subjects.push(await prepare(await deploy({ build })));
  }
  await work(subjects);
  for (const { deployment } of subjects) await deployment.stop();
}
