// The programs of the pages and of docstrings: found, compiled under strict types against what the package exports, and run.
import { resolve } from 'node:path';
import ts from 'typescript';
import { blocksOf, PAGES } from './pages.js';

export interface Program {
  readonly place: string;
  readonly text: string;
}

/** Each name is taken from the first door that has it. */
export const DOORS = ['inferproof/compiler', 'inferproof/prover', 'inferproof/verifier', 'inferproof/verifier/solidity', 'inferproof/files', 'inferproof-network']; // prettier-ignore

const options: ts.CompilerOptions = {
  ...{ strict: true, noEmit: true, skipLibCheck: true, types: ['node'] },
  ...{ target: ts.ScriptTarget.ES2023, lib: ['lib.es2023.d.ts', 'lib.dom.d.ts'] },
  ...{ module: ts.ModuleKind.NodeNext, moduleResolution: ts.ModuleResolutionKind.NodeNext },
};

/** Files that are nowhere, as if they stood beside this one. */
const virtual = new Map<string, string>();
const disk = ts.createCompilerHost(options);
const parsed = new Map<string, ts.SourceFile | undefined>();
const host: ts.CompilerHost = {
  ...disk,
  fileExists: (name) => virtual.has(name) || disk.fileExists(name),
  readFile: (name) => virtual.get(name) ?? disk.readFile(name),
  getSourceFile: (name, version) => {
    const text = virtual.get(name);
    if (text !== undefined) return ts.createSourceFile(name, text, version);
    if (!parsed.has(name)) parsed.set(name, disk.getSourceFile(name, version));
    return parsed.get(name);
  },
};

function add(name: string, text: string): string {
  const path = resolve(import.meta.dirname, `virtual-${name}.ts`).replaceAll('\\', '/');
  virtual.set(path, text);
  return path;
}

export interface PublicFunction {
  readonly name: string;
  readonly door: string;
  readonly examples: readonly Program[];
}

/** Every function that a door exports, once. */
export function publicFunctions(): PublicFunction[] {
  const file = add('doors', DOORS.map((door, i) => `export * as door${i} from '${door}';`).join('\n'));
  const program = ts.createProgram([file], options, host);
  const checker = program.getTypeChecker();
  const real = (symbol: ts.Symbol): ts.Symbol => (symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol); // prettier-ignore
  const modules = checker.getExportsOfModule(checker.getSymbolAtLocation(program.getSourceFile(file)!)!).map(real);
  const found = new Map<string, PublicFunction>();
  for (const [i, module] of modules.entries())
    for (const symbol of checker.getExportsOfModule(module).map(real)) {
      const at = symbol.valueDeclaration;
      if (!at || found.has(symbol.name) || checker.getTypeAtLocation(at).getCallSignatures().length === 0) continue;
      const texts = symbol.getJsDocTags(checker).filter(({ name }) => name === 'example').map(({ text }) => ts.displayPartsToString(text)); // prettier-ignore
      const examples = texts.map((text) => ({ place: `@example of ${symbol.name}`, text: text.replace(/^```ts\n|\n```$/g, '') })); // prettier-ignore
      found.set(symbol.name, { name: symbol.name, door: DOORS[i], examples });
    }
  return [...found.values()];
}

export const pagePrograms = (): Program[] =>
  PAGES.flatMap(blocksOf)
    .filter(({ language }) => language === 'ts')
    .map(({ page, line, text }) => ({ place: `${page}:${line}`, text: text.trimEnd() }));

/** `VALUE; // → TEXT` says what a value is; imports go into the program, which may name what is known anew. */
const prepared = ({ text }: Program): string =>
  text
    .replace(
      /^(.+); \/\/ → (.+)$/gm,
      (_, value: string, said: string) => `isShownAs(${value}, ${JSON.stringify(said)});`,
    ) // prettier-ignore
    .replace(/^import (\{[^}]*\}) from ('[^']+');/gm, 'const $1 = await imported($2);');

/** What the compiler says of these programs. @param known declarations of the names that they may use */
export function compileErrors(
  programs: readonly Program[],
  known: string,
  functions: readonly PublicFunction[],
): string[] {
  const imports = DOORS.map((door) => {
    const names = functions.filter((one) => one.door === door).map(({ name }) => name);
    return `import { ${names.join(', ')} } from '${door}';\n`;
  }).join('');
  const files = programs.map((one, i) => {
    const body = prepared(one).replaceAll('await imported(', 'await import(');
    return add(String(i), `${imports}${known}{\n${body}\n}\nexport {};\n`);
  });
  const program = ts.createProgram(files, options, host);
  return files.flatMap((path, i) => {
    const file = program.getSourceFile(path);
    return [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)].map(
      ({ messageText }) => `${programs[i].place}: ${ts.flattenDiagnosticMessageText(messageText, ' ')}`,
    );
  });
}

/** Runs a program. @param names what it knows, `imported` and `isShownAs` among it */
export async function runProgram(program: Program, names: Readonly<Record<string, unknown>>): Promise<void> {
  const { outputText } = ts.transpileModule(prepared(program), { compilerOptions: { target: ts.ScriptTarget.ES2023, module: ts.ModuleKind.ESNext } }); // prettier-ignore
  const AsyncFunction = (async () => {}).constructor as new (...words: string[]) => (...values: unknown[]) => Promise<void>; // prettier-ignore
  await new AsyncFunction(...Object.keys(names), `{\n${outputText}\n}`)(...Object.values(names));
}
