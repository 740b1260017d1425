import { tell } from '../../store/chat-news.ts'
import type { Store } from '../../store/database.ts'
import { codeNames, firstContact } from '../../store/review-counts.ts'
import { intendReview, type ReviewMail } from '../../store/review-mails.ts'
import { businessDay } from '../../time-zone.ts'
import { type Letters, ownerOf } from '../letters/index.ts'
import { reviewHtml, reviewText } from './report.ts'
import { mondayOf, type Review, reviewOf } from './review.ts'
import { type ReviewsFile, WEEKDAYS } from './reviews-file.ts'
import { changeCell, sheetOf } from './sheet.ts'
import { plusDays, readSpan, type Span, startOfDay, weekOf } from './span.ts'
import { stayLead, stayTables } from './stay-tables.ts'
import { lastWeekOver, staysOf } from './stays.ts'
import { numberOf, say } from './words.ts'

/** What did not go out by then (everything was down) does not go out any more. */
const PATIENCE_MS = { week: 3 * 86_400_000, day: 12 * 3_600_000 }
const CHAT_ROWS = 8
const STAY_WEEKS = 4

/** A review that is due, and for whom. */
export interface DueReview {
  span: Span
  departments: string[]
}

/** Reviews whose time has come, as templates/reviews.yaml says. */
export function dueReviews(file: ReviewsFile, letters: Letters, now: Date): DueReview[] {
  const zone = letters.timeZone()
  const today = businessDay(now, zone)
  const due: DueReview[] = []
  const add = (name: string, on: string, at: string, kind: Span['kind'], departments: string[]) => {
    const moment = momentOf(on, at, zone)
    const late = now.getTime() - moment.getTime()
    const span = readSpan(name, zone)
    if (span && late >= 0 && late < PATIENCE_MS[kind]) due.push({ span, departments })
  }
  const named = Object.keys(letters.file.departments)
  if (file.weekly) {
    const { day, at } = file.weekly
    for (const back of [0, 7]) {
      const monday = plusDays(mondayOf(today), -back)
      add(weekOf(plusDays(monday, -7)), plusDays(monday, WEEKDAYS.indexOf(day)), at, 'week', named)
    }
  }
  if (file.daily) {
    const { at, departments } = file.daily
    for (const back of [0, 1]) {
      const day = plusDays(today, -back)
      add(plusDays(day, -1), day, at, 'day', departments)
    }
  }
  return due
}

/**
 * Writes down which departments are to be mailed which review, and tells their chats: once each, whatever restarts.
 * Where nothing was ever recorded by then, nobody is told.
 * @returns how many are new
 */
export async function intendReviews(
  store: Store,
  file: ReviewsFile,
  letters: Letters,
  now: Date,
): Promise<number> {
  let count = 0
  const due = dueReviews(file, letters, now)
  const first = due.length > 0 ? await firstContact(store) : null
  for (const { span, departments } of due) {
    if (first === null || first >= span.to) continue
    for (const department of departments) {
      const isNew = await store
        .transaction()
        .execute((trx) => intendReview(trx, { period: span.name, department }))
      // told from the same review as the mail, and under a key of its own: once too
      if (isNew) count++
    }
  }
  return count
}

/** The mail to a department; null where nobody answers for it any more. */
export async function writeReview(
  store: Store,
  file: ReviewsFile,
  letters: Letters,
  { period, department }: ReviewMail,
  publicUrl: string,
  now: Date,
): Promise<{ to: string; messageId: string; subject: string; text: string; html: string } | null> {
  const owner = ownerOf(letters, department)
  const zone = letters.timeZone()
  const span = readSpan(period, zone)
  if (!owner || !span) return null
  const review = await reviewOf(store, { span, zone, now, department, voices: file.voices })
  const language = owner.language ?? letters.language
  const sheet = sheetOf(review, language, owner.name[language])
  if (span.kind === 'week') {
    const to = lastWeekOver(businessDay(now, zone))
    const stays = await staysOf(store, plusDays(to, -7 * (STAY_WEEKS - 1)), to, review.filter)
    // of a department's own codes
    const names = await codeNames(store)
    const own = stays.codes.filter(({ code }) => names.get(code)?.department === department)
    const [, , byCode] = stayTables({ ...stays, codes: own }, language, true)
    if (byCode && own.length > 0) sheet.tables.push({ ...byCode, hint: stayLead(stays, language) })
  }
  const deskUrl = `${publicUrl}/voice?${span.kind}=${span.name}&department=${department}`
  await tellReview(store, review, department)
  return {
    to: owner.mail,
    messageId: `<review-${period}-${department}@${new URL(publicUrl).hostname}>`,
    subject: say(language, 'mailSubject', { title: sheet.title, department: owner.name[language] }),
    text: reviewText(sheet, deskUrl),
    html: reviewHtml(sheet, { deskUrl }),
  }
}

/** A few lines for the chats of a department that has contacts. */
async function tellReview(store: Store, review: Review, department: string): Promise<void> {
  const { span, lines, total } = review
  if (lines.length === 0) return
  const title = (language: 'en' | 'ja') => sheetOf({ ...review, lines: [] }, language).title
  const change = (language: 'en' | 'ja') =>
    `${numberOf(language, total.contacts)} · ${changeCell(total.before, language).text}`
  await store.transaction().execute((trx) =>
    tell(trx, {
      key: `review:${span.name}:${department}`,
      kind: 'review',
      codes: lines.map(({ code }) => code),
      severity: 0,
      language: null,
      postId: null,
      body: {
        title: { en: title('en'), ja: title('ja') },
        lines: [
          {
            en: `${say('en', 'contacts')}: ${change('en')}`,
            ja: `${say('ja', 'contacts')}：${change('ja')}`,
          },
        ],
        table: {
          head: (['code', 'contacts', 'rate', span.kind === 'week' ? 'lastWeek' : 'lastDay'] as const).map(
            (key) => ({
              en: say('en', key),
              ja: say('ja', key),
            }),
          ),
          rows: lines
            .slice(0, CHAT_ROWS)
            .map(({ code, contacts, rate, before }) => [
              code,
              String(contacts),
              rate === null ? '?' : rate.toFixed(2),
              before === null
                ? '–'
                : `${before.count} → ${contacts}${before.verdict === 'noise' ? '' : before.verdict === 'more' ? ' ▲' : ' ▼'}`,
            ]),
        },
        path: `/voice?${span.kind}=${span.name}&department=${department}`,
      },
    }),
  )
}

function momentOf(day: string, at: string, zone: string): Date {
  const [hours, minutes] = at.split(':').map(Number) as [number, number]
  return new Date(startOfDay(day, zone).getTime() + (hours * 60 + minutes) * 60_000)
}
