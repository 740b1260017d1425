export { type AnonymiseOptions, anonymise } from './anonymise.ts'
export { type Classification, createTriage, type Reason, type Triage, type TriageInput } from './classify.ts'
export { type Collision, findCollisions } from './collisions.ts'
export {
  type Catalogue,
  createEntityFinder,
  EMPTY_CATALOGUE,
  type Entity,
  type EntityFinder,
  loadCatalogue,
  PERSONAL_KINDS,
} from './entities/index.ts'
export { type CodeScore, type Evaluation, evaluate, type LabelledPost } from './evaluate.ts'
export { type Lesson, learntFrom, PLACEHOLDER, proposeExamples, sameWording } from './learn.ts'
export { maskPersonalData } from './mask.ts'
export { createSecondOpinion, type Opinion, type SecondOpinion, withoutPeople } from './second-opinion.ts'
export {
  ABUSE,
  type CodeSentiment,
  loadTaxonomy,
  parseTaxonomy,
  SAFETY,
  type Taxonomy,
  type TaxonomyCode,
} from './taxonomy.ts'
