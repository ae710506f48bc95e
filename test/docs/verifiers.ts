/**
 * How the functions of docs/signing.md are run in their languages: the page's text, and a program around it that reads
 * requests as lines of base64 fields and prints what the function says of each, then of an empty secret.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

export interface Verifier {
  readonly heading: string;
  readonly language: string;
  /** What has to be installed. */
  readonly program: string;
  readonly command: string;
  readonly files: (code: string) => Readonly<Record<string, string>>;
}

const python = `
import sys

for line in sys.stdin:
    *texts, body, now = [base64.b64decode(field) for field in line.rstrip("\\n").split(",")]
    print("authentic" if is_authentic(*[text.decode() for text in texts], body, int(now)) else "refused")
try:
    is_authentic("", "", "", "", b"")
except ValueError:
    print("unusable")
`;

const go = `package main

import (
	"bufio"
	"encoding/base64"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"example.com/verifier/webhooks"
)

func text(field string) string {
	bytes, err := base64.StdEncoding.DecodeString(field)
	if err != nil {
		panic(err)
	}
	return string(bytes)
}

func main() {
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		f := strings.Split(lines.Text(), ",")
		now, _ := strconv.ParseInt(text(f[5]), 10, 64)
		ok, err := webhooks.IsAuthentic(text(f[0]), text(f[1]), text(f[2]), text(f[3]), []byte(text(f[4])), time.Unix(now, 0))
		if err != nil {
			panic(err)
		}
		fmt.Println(map[bool]string{true: "authentic", false: "refused"}[ok])
	}
	if _, err := webhooks.IsAuthentic("", "", "", "", nil, time.Now()); err != nil {
		fmt.Println("unusable")
	}
}
`;

const ruby = `
STDIN.each_line(chomp: true) do |line|
  *texts, now = line.split(",", -1).map { |field| field.unpack1("m0").force_encoding("UTF-8") }
  puts authentic?(*texts, now: now.to_i) ? "authentic" : "refused"
end
begin
  authentic?("", "", "", "", "")
rescue ArgumentError
  puts "unusable"
end
`;

const php = `
while (($line = fgets(STDIN)) !== false) {
    [$secret, $id, $timestamp, $signature, $body, $now] = array_map('base64_decode', explode(',', rtrim($line, "\\n")));
    echo is_authentic($secret, $id, $timestamp, $signature, $body, (int) $now) ? "authentic\\n" : "refused\\n";
}
try {
    is_authentic('', '', '', '', '');
} catch (InvalidArgumentException $error) {
    echo "unusable\\n";
}
`;

const java = `import java.io.*;
import java.nio.charset.StandardCharsets;
import java.util.Base64;

final class Main {
    public static void main(String[] arguments) throws Exception {
        BufferedReader lines = new BufferedReader(new InputStreamReader(System.in));
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            String[] f = line.split(",", -1);
            boolean isAuthentic = WebhookSignature.isAuthentic(
                    text(f[0]), text(f[1]), text(f[2]), text(f[3]), bytes(f[4]), Long.parseLong(text(f[5])));
            System.out.println(isAuthentic ? "authentic" : "refused");
        }
        try {
            WebhookSignature.isAuthentic("", "", "", "", new byte[0], 0);
        } catch (IllegalArgumentException error) {
            System.out.println("unusable");
        }
    }

    private static byte[] bytes(String field) {
        return Base64.getDecoder().decode(field);
    }

    private static String text(String field) {
        return new String(bytes(field), StandardCharsets.UTF_8);
    }
}
`;

export const verifiers: readonly Verifier[] = [
  {
    heading: '### Python',
    language: 'python',
    program: 'python3',
    command: 'python3 verify.py',
    files: (code) => ({ 'verify.py': code + python }),
  },
  {
    heading: '### Go',
    language: 'go',
    program: 'go',
    command: 'go run .',
    files: (code) => ({
      'go.mod': 'module example.com/verifier\n\ngo 1.21\n',
      'main.go': go,
      'webhooks/webhooks.go': code,
    }),
  },
  {
    heading: '### Ruby',
    language: 'ruby',
    program: 'ruby',
    command: 'ruby verify.rb',
    files: (code) => ({ 'verify.rb': code + ruby }),
  },
  {
    heading: '### PHP',
    language: 'php',
    program: 'php',
    command: 'php verify.php',
    files: (code) => ({ 'verify.php': code + php }),
  },
  {
    heading: '### Java',
    language: 'java',
    program: 'javac',
    command: 'javac -encoding UTF-8 *.java && java -cp . Main',
    files: (code) => ({ 'WebhookSignature.java': code, 'Main.java': java }),
  },
];

export function isInstalled({ program }: Verifier): boolean {
  return spawnSync('sh', ['-c', `command -v ${program}`]).status === 0;
}

/** The lines that it prints. */
export function runVerifier({ command, files }: Verifier, code: string, input: string): string[] {
  const folder = mkdtempSync(join(tmpdir(), 'posthorn-verifier-'));
  for (const [name, text] of Object.entries(files(code))) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  const { stdout, stderr, status } = spawnSync('sh', ['-c', command], {
    cwd: folder,
    input,
    encoding: 'utf8',
  });
  rmSync(folder, { recursive: true, force: true });
  if (status !== 0) throw new Error(`${command} ended with ${status}: ${stderr}`);
  return stdout.trim().split('\n');
}
