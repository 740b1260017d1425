import { describe, expect, test } from 'vitest'
import { COMMANDS } from '../../src/cli/commands.ts'
import { runCli } from './run-cli.ts'

describe('the command line', () => {
  test('--help lists every command', async () => {
    const { code, out } = await runCli(['--help'])
    expect(code).toBe(0)
    for (const name of Object.keys(COMMANDS)) expect(out).toContain(`  ${name} `)
  })

  test.each(Object.keys(COMMANDS))('"%s --help" tells how it is used and does nothing', async (name) => {
    const { code, out, err } = await runCli([...name.split(' '), '--help'])
    expect(err).toBe('')
    expect(code).toBe(0)
    expect(out).toContain(`Usage: npm run --silent kikimimi -- ${name}`)
  })

  test.each([
    [[], 'Which command?'],
    [['clasify'], 'There is no command "clasify"'],
    [['dead-letters'], '"dead-letters retry"'],
    [['classify', '--taxnomy', 'x'], "Unknown option '--taxnomy'"],
    [['classify', 'posts.ndjson'], 'one word too many'],
    [['classify', '--taxonomy'], 'argument missing'],
    [['dead-letters', 'retry'], 'Give the ID'],
    [['dead-letters', 'drop', 'x1'], 'Give the ID'],
    [['dead-letters', 'retry', '3', '--all'], 'not both'],
    [['user', 'invite', '--role', 'king'], 'There is no role "king"'],
  ])('%j is wrong usage: exit code 2, and nothing on standard output', async (args, message) => {
    const { code, out, err } = await runCli(args)
    expect(code).toBe(2)
    expect(out).toBe('')
    expect(err).toContain(message)
  })
})
