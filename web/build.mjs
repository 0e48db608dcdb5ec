// Builds every page on its own, so that a page is one script and one style sheet. In one common build, Vite would
// split what two pages share into further chunks, and the field page would need five requests before its first
// picture instead of three.
import { readFile, rm } from 'node:fs/promises';
import { build } from 'vite';

const PAGES = ['field', 'console', 'admin', 'network', 'trust'];

/** /trust is read over plain HTTP by a browser that trusts nothing here yet: it must be a single answer. */
const inlineStyle = {
  name: 'inline-style',
  enforce: 'post',
  generateBundle(_options, bundle) {
    const style = Object.values(bundle).find((file) => file.fileName.endsWith('.css'));
    const page = Object.values(bundle).find((file) => file.fileName.endsWith('.html'));
    page.source = page.source
      .replace(/\s*<link rel="stylesheet"[^>]*>/, () => `\n    <style>${style.source.trim()}</style>`)
      .replace(/\s*<script type="module"[^>]*><\/script>/, '');
    for (const name of Object.keys(bundle)) if (bundle[name] !== page) delete bundle[name];
  },
};

await rm('dist', { recursive: true, force: true });
for (const page of PAGES) {
  await build({
    logLevel: 'warn',
    plugins: page === 'trust' ? [inlineStyle] : [],
    build: {
      emptyOutDir: false,
      assetsInlineLimit: 0, // a data: address would need a hole in the content security policy
      modulePreload: { polyfill: false },
      cssCodeSplit: false,
      rolldownOptions: { input: `${page}.html`, output: { codeSplitting: false } },
    },
  });
}
for (const page of PAGES) {
  const html = await readFile(`dist/${page}.html`, 'utf8');
  if (/<script(?![^>]*\bsrc=)/.test(html)) throw new Error(`${page}.html has an inline script`);
}
