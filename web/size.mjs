// Fails when the field page outgrows its budget: what a phone on a bad network must load before the first picture.
import { readFile } from 'node:fs/promises';
import { gzipSync } from 'node:zlib';

const BUDGET_KIB = 60; // docs: architecture, "field page at most 60 KiB gzip"
const BUDGET_REQUESTS = 3;

const report = await Promise.all(['field', 'console', 'admin', 'network', 'trust'].map(weighed));
for (const { page, files, kib } of report) {
  console.log(`${page.padEnd(8)} ${kib.toFixed(1).padStart(5)} KiB gzip in ${files.length} requests`);
  for (const file of files) console.log(`         ${file.kib.toFixed(1).padStart(5)}  ${file.name}`);
}
const field = report[0];
if (field.kib > BUDGET_KIB || field.files.length > BUDGET_REQUESTS) {
  console.error(`The field page may take ${BUDGET_KIB} KiB in ${BUDGET_REQUESTS} requests.`);
  process.exitCode = 1;
}

async function weighed(page) {
  const html = await readFile(`dist/${page}.html`, 'utf8');
  const linked = [...html.matchAll(/(?:src|href)="\/(assets\/[^"]+)"/g)].map((match) => match[1]);
  const files = await Promise.all(
    [`${page}.html`, ...new Set(linked)].map(async (name) => ({
      name,
      kib: gzipSync(await readFile(`dist/${name}`)).length / 1024,
    })),
  );
  return { page, files, kib: files.reduce((sum, file) => sum + file.kib, 0) };
}
