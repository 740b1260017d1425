import type { WatchState } from '../signals/watch.ts'

/**
 * A stored watch with its codes as they are called now: a code that got another name goes on with its own history,
 * instead of looking like one that never came before. Where both names have one, that of the new name stays.
 */
export function renameCodes(state: WatchState, renamed: ReadonlyMap<string, string>): WatchState {
  if (renamed.size === 0) return state
  const taken = new Set(state.keys.filter(({ kind }) => kind === 'code').map(({ name }) => name))
  const keys = state.keys.flatMap((key) => {
    const to = key.kind === 'code' ? renamed.get(key.name) : undefined
    if (to !== undefined && taken.has(to)) return []
    const known = new Set(key.parts.map(({ code }) => code))
    const parts = key.parts.flatMap((part) => {
      const code = renamed.get(part.code)
      if (code === undefined) return [part]
      return known.has(code) ? [] : [{ ...part, code }]
    })
    return [{ ...key, name: to ?? key.name, parts }]
  })
  const dangers = state.dangers.map(([key, at]): [string, number] => {
    const [kind, name = ''] = key.split('\n')
    return [kind === 'code' ? `code\n${renamed.get(name) ?? name}` : key, at]
  })
  return { ...state, keys, dangers }
}
