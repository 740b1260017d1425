import type { Role } from '../store/schema.ts'

/**
 * What a route asks for: 'public' nothing, 'read' to look, 'edit' to change a draft, 'close' to close and reopen
 * cases, 'approve' to let words and money out, 'payouts' to stop all money and let it go on, 'operate' to see and mend
 * the machinery, 'people' to invite and bar, 'forget' to erase a person, 'care' to see who had to read abuse, 'crisis' to stop automatic replies,
 * 'cord' to stop a sale, 'resume' to let it go on.
 */
export type Permission =
  | 'public'
  | 'read'
  | 'edit'
  | 'close'
  | 'approve'
  | 'payouts'
  | 'operate'
  | 'people'
  | 'forget'
  | 'care'
  | 'crisis'
  | 'cord'
  | 'resume'

const GRANTS: Record<Role, readonly Permission[]> = {
  viewer: ['read'],
  guest: ['read', 'edit'],
  agent: ['read', 'edit', 'close', 'cord'],
  approver: ['read', 'edit', 'close', 'approve', 'payouts', 'care', 'crisis', 'cord', 'resume'],
  ops: ['read', 'payouts', 'operate', 'care', 'crisis', 'cord', 'resume'],
  admin: [
    'read',
    'edit',
    'close',
    'approve',
    'payouts',
    'operate',
    'people',
    'forget',
    'care',
    'crisis',
    'cord',
    'resume',
  ],
}

export const ROLES = Object.keys(GRANTS) as Role[]

/** Whether a role (null: nobody is signed in) may use what asks for `permission`. */
export function may(role: Role | null, permission: Permission): boolean {
  return permission === 'public' || (role !== null && GRANTS[role].includes(permission))
}

/** Roles with a right. */
export function rolesThatMay(permission: Permission): Role[] {
  return ROLES.filter((role) => may(role, permission))
}
