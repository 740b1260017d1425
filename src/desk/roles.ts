import type { Role } from '../store/schema.ts'

/**
 * What a route asks for: 'public' nothing, 'read' to look, 'edit' to change a draft, 'close' to close and reopen
 * cases, 'approve' to let words and money out, 'operate' to see and mend the machinery, 'people' to invite and bar.
 */
export type Permission = 'public' | 'read' | 'edit' | 'close' | 'approve' | 'operate' | 'people'

const GRANTS: Record<Role, readonly Permission[]> = {
  viewer: ['read'],
  guest: ['read', 'edit'],
  agent: ['read', 'edit', 'close'],
  approver: ['read', 'edit', 'close', 'approve'],
  ops: ['read', 'operate'],
  admin: ['read', 'edit', 'close', 'approve', 'operate', 'people'],
}

export const ROLES = Object.keys(GRANTS) as Role[]

/** Whether a role (null: nobody is signed in) may use what asks for `permission`. */
export function may(role: Role | null, permission: Permission): boolean {
  return permission === 'public' || (role !== null && GRANTS[role].includes(permission))
}
