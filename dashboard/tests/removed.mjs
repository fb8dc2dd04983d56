// Compiles the cards as the build does, with the types of the API as they are and with those of an API that
// has lost a field: prints as JSON the errors of each.
import { fileURLToPath } from 'node:url';

import ts from 'typescript';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const PART = `${ROOT}app/segments/SegmentCards.tsx`;
const SCHEMA = `${ROOT}lib/api/schema.d.ts`;
const FIELD = 'averageOrderValue';

const { config } = ts.readConfigFile(`${ROOT}tsconfig.json`, ts.sys.readFile);
const { options } = ts.convertCompilerOptionsFromJson(config.compilerOptions, ROOT);
// Next's own types are what `next-env.d.ts` names, which a build writes.
Object.assign(options, { incremental: false, types: ['next'] });

function compiled(schema, before) {
  const host = ts.createCompilerHost(options);
  const { getSourceFile } = host;
  host.getSourceFile = (name, version, ...others) => {
    if (name === SCHEMA) return ts.createSourceFile(name, schema, version);
    return before?.getSourceFile(name) ?? getSourceFile(name, version, ...others);
  };
  return ts.createProgram({ rootNames: [PART], options, host });
}

function errorsOf(program) {
  const found = program.getSemanticDiagnostics(program.getSourceFile(PART));
  return found.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'));
}

const schema = ts.sys.readFile(SCHEMA);
const whole = compiled(schema);
const without = compiled(schema.replaceAll(new RegExp(`^ *${FIELD}\\??:.*\n`, 'gm'), ''), whole);
process.stdout.write(`${JSON.stringify({ whole: errorsOf(whole), without: errorsOf(without) })}\n`);
