// The last line of a test run is `N passed, N failed`; the lines before it say what was skipped, and where.
import type { Reporter, TestModule } from 'vitest/node';

export default class Summary implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], errors: readonly unknown[]): void {
    let passed = 0;
    let failed = errors.length;
    const skipped = new Map<string, number>();
    for (const module of modules) {
      if (module.state() === 'failed' && [...module.children.allTests()].length === 0) failed++; // it did not even load
      for (const test of module.children.allTests()) {
        const { state } = test.result();
        if (state === 'passed') passed++;
        else if (state === 'failed') failed++;
        else if (state === 'skipped')
          skipped.set(module.relativeModuleId, (skipped.get(module.relativeModuleId) ?? 0) + 1);
      }
    }
    const lines = [...skipped].map(([file, count]) => `${count} skipped in ${file}\n`);
    // after whatever the reporter before this one still has to say
    process.on('exit', () => process.stdout.write(`${lines.join('')}${passed} passed, ${failed} failed\n`));
  }
}
