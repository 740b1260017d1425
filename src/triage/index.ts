export { type Classification, createTriage, type Reason, type Triage, type TriageInput } from './classify.ts'
export { type Evaluation, evaluate, type LabelledPost } from './evaluate.ts'
export { maskPersonalData } from './mask.ts'
export { type CodeSentiment, loadTaxonomy, type Taxonomy, type TaxonomyCode } from './taxonomy.ts'
