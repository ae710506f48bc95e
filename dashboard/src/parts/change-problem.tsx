import { ApiProblem, adviceFor } from '../api/problem.ts';
import { ProblemAlert } from './problem-alert.tsx';

/** Why a change was not made. Nothing tries it again but the person who wants it. */
export function ChangeProblem({ problem }: { readonly problem: Error }) {
  return <ProblemAlert problem={problem} advice={adviceForChange(problem)} />;
}

function adviceForChange(problem: Error): string {
  if (!(problem instanceof ApiProblem)) return adviceFor(problem);
  const { status, retryAfterSeconds } = problem;
  if (status === null)
    return 'Check that the service runs and that your network reaches it, then try again. Nothing that you typed is lost.';
  if (status === 429) return `Wait ${retryAfterSeconds ?? 10} s, then try again.`;
  return adviceFor(problem);
}
