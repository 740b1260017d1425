export { keepCounts, keepOrders, keepReturns, type ReviewShop } from './keep-reviews.ts'
export { md, type ReportOptions, reviewHtml, reviewMarkdown } from './report.ts'
export { mondayOf, type Review, type ReviewLine, type ReviewOptions, reviewOf } from './review.ts'
export { reviewCsv } from './review-csv.ts'
export { loadReviews, type ReviewsFile } from './reviews-file.ts'
export { type DueReview, dueReviews, intendReviews, writeReview } from './schedule.ts'
export { aboutVoice, type Behind, type Cell, type Sheet, type SheetTable, sheetOf } from './sheet.ts'
export {
  daysBetween,
  lastSpan,
  plusDays,
  readSpan,
  type Span,
  spanBeside,
  startOfDay,
  weekOf,
} from './span.ts'
export { stayLead, stayTables } from './stay-tables.ts'
export { lastWeekOver, type Stays, staysOf } from './stays.ts'
export { say as sayInReview } from './words.ts'
