export { groupSuggestions, SUGGESTION_CODES } from './group-suggestions.ts'
export { groupVoices, type VoiceGroup } from './group-voices.ts'
export { mostTypical } from './most-typical.ts'
