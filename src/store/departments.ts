import { sql } from 'kysely'
import { audit } from './audit.ts'
import type { Db, Store } from './database.ts'

/** Departments that somebody answers for. */
export async function departmentsOf(db: Db, userId: number): Promise<string[]> {
  const rows = await db
    .selectFrom('user_departments')
    .select('department')
    .where('user_id', '=', userId)
    .orderBy('department')
    .execute()
  return rows.map(({ department }) => department)
}

/** Who answers for which department, by person. */
export async function allDepartments(db: Db): Promise<Map<number, string[]>> {
  const { rows } = await sql<{ userId: number; departments: string[] }>`
    select user_id as "userId", array_agg(department order by department) as departments
    from user_departments group by 1`.execute(db)
  return new Map(rows.map(({ userId, departments }) => [userId, departments]))
}

/** People who can sign in and answer for a department. */
export async function membersOf(db: Db, department: string): Promise<string[]> {
  const rows = await db
    .selectFrom('user_departments')
    .innerJoin('users', 'users.id', 'user_departments.user_id')
    .select('users.name')
    .where('department', '=', department)
    .where('users.disabled_at', 'is', null)
    .orderBy('users.name')
    .execute()
  return rows.map(({ name }) => name)
}

/**
 * Puts a person on departments, and takes them off all others.
 * @returns false where there is no such person
 */
export async function setDepartments(
  store: Store,
  userId: number,
  departments: readonly string[],
  byUserId: number,
): Promise<boolean> {
  return store.transaction().execute(async (trx) => {
    const person = await trx
      .selectFrom('users')
      .select('id')
      .where('id', '=', userId)
      .forUpdate()
      .executeTakeFirst()
    if (!person) return false
    const before = await departmentsOf(trx, userId)
    const after = [...new Set(departments)].sort()
    if (before.join() === after.join()) return true
    await trx.deleteFrom('user_departments').where('user_id', '=', userId).execute()
    if (after.length > 0) {
      await trx
        .insertInto('user_departments')
        .values(after.map((department) => ({ user_id: userId, department })))
        .execute()
    }
    const detail = { before: before.join(', '), after: after.join(', ') }
    await audit(trx, `user:${byUserId}`, 'user.departments-changed', `user:${userId}`, detail)
    return true
  })
}
