import { startSandbox } from '../../src/sandbox/index.ts'

/** Run by the restart test in a process of its own: posts for ever, naming each post once it stands. */
const box = await startSandbox({ dir: process.argv[2] as string })
for (let i = 0; ; i += 1) {
  const id = box.x.control.post({ author: 'a', text: `@hinata_shop ${i}` })
  process.stdout.write(`${id}\n`)
  await new Promise((resolve) => setImmediate(resolve))
}
