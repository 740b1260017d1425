import { z } from 'zod'
import { otherDrafts, rewordDraft, type TextToTake, takeText } from '../cases/index.ts'
import { draftPlace } from '../store/case-place.ts'
import { showCase } from './case-page.ts'
import { failed } from './decisions.ts'
import { type Desk, sendFragment } from './desk.ts'
import { translate } from './i18n.ts'
import { goTo, ProblemError, type Route, readForm, readId, signedIn, type Visit } from './visit.ts'
import { othersView, rewordedView, WISHES } from './writing-view.ts'

const text = z.string().max(20_000)
const version = z.coerce.number().int().positive()
const takeForm = z.object({
  version,
  text,
  /** A template's id, or `model` with its proposal. */
  take: z.string().min(1).max(200),
  proposal: text.default(''),
  base: text.default(''),
  /** The proposal that was not taken yet; a newer one may stand beside it. */
  kept: text.default(''),
  keptBase: text.default(''),
})
const othersForm = z.object({ text, version: version.optional() })
const rewordForm = z.object({ version, text, wish: z.enum(WISHES) })

/** Other texts for a draft: from a template, or in a model's words. */
export function writingRoutes(desk: Desk): Route[] {
  const { store } = desk
  return [
    {
      // Sent with what stands in the editor, so that it is there again on the page that comes without a script.
      method: 'post',
      path: '/drafts/:id/others',
      allow: 'edit',
      async handle(visit) {
        const draftId = readId(visit)
        const { text: typed, version } = readForm(visit, othersForm)
        const place = await placeOf(desk, draftId)
        const typedOn = { draftId, version }
        if (!visit.partial) return showCase(desk, visit, place.case_id, { typed, typedOn, others: true })
        await sendFragment(desk, visit, 'others', { draftId, others: await othersView(desk, visit, draftId) })
      },
    },
    {
      method: 'post',
      path: '/drafts/:id/take',
      allow: 'edit',
      async handle(visit) {
        const draftId = readId(visit)
        const { kept, keptBase, ...sent } = readForm(visit, takeForm)
        const replace = visit.request.query.replace === 'yes'
        const form = replace ? { ...sent, proposal: kept, base: keptBase } : sent
        const place = await placeOf(desk, draftId)
        const take = await textToTake(desk, visit, draftId, form)
        const done = await takeText(store, {
          draftId,
          version: form.version,
          userId: signedIn(visit).id,
          check: desk.replies.check,
          enterprise: desk.replies.policy.enterprise,
          typed: form.text,
          take,
          replace,
        })
        if (done.outcome === 'gone') throw new ProblemError(404)
        if (done.outcome === 'unsaved') {
          const notTaken = { take: form.take, text: take?.text ?? '', base: form.base }
          const typedOn = { draftId, version: form.version }
          return showCase(desk, visit, place.case_id, { typed: form.text, typedOn, notTaken }, 409)
        }
        if (done.outcome !== 'taken') return failed(desk, visit, draftId, form.text, done)
        goTo(visit, `/cases/${place.case_id}`, form.take === 'model' ? 'modelTextTaken' : 'textChosen')
      },
    },
    {
      method: 'post',
      path: '/drafts/:id/reword',
      allow: 'edit',
      async handle(visit) {
        const draftId = readId(visit)
        const { wish, ...form } = readForm(visit, rewordForm)
        const place = await placeOf(desk, draftId)
        if (!desk.writing) throw new ProblemError(404)
        const asking = { draftId, userId: signedIn(visit).id, wish, ...form }
        const done = await rewordDraft(store, desk.writing, asking)
        if (done.outcome === 'conflict' || done.outcome === 'locked') {
          if (!visit.partial) return failed(desk, visit, draftId, form.text, done)
          const why = translate(visit.language, 'writing.changedMeanwhile')
          return sendFragment(desk, visit, 'reworded', { draftId, reworded: { wish, why } })
        }
        const asked = { wish, done }
        if (!visit.partial) {
          const typedOn = { draftId, version: form.version }
          return showCase(desk, visit, place.case_id, { typed: form.text, typedOn, asked })
        }
        const reworded = rewordedView(visit.language, asked)
        await sendFragment(desk, visit, 'reworded', { draftId, reworded })
      },
    },
  ]
}

/** null for a template that does not fit the case (any more). */
async function textToTake(
  desk: Desk,
  visit: Visit,
  draftId: number,
  form: Pick<z.infer<typeof takeForm>, 'take' | 'proposal' | 'base'>,
): Promise<TextToTake | null> {
  if (!desk.writing) throw new ProblemError(404)
  const { replies, model } = desk.writing
  if (form.take === 'model') {
    if (form.proposal === '') throw new ProblemError(400, 'badForm')
    return { text: form.proposal, base: form.base, source: { model: model.name ?? 'a model' } }
  }
  const others = await otherDrafts(desk.store, replies, { draftId, reader: visit.language })
  const chosen = others.find(({ template }) => template === form.take)
  if (!chosen) return null
  const { template, templateHash } = chosen
  return { text: chosen.text, source: { template, templateHash, model: null } }
}

async function placeOf(desk: Desk, draftId: number) {
  const place = await draftPlace(desk.store, draftId)
  if (!place) throw new ProblemError(404)
  return place
}
