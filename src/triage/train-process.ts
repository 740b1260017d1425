import { text } from 'node:stream/consumers'
import { trainTriage } from './classify.ts'
import type { Taxonomy } from './taxonomy.ts'

// Started by `trainedOnce`: a taxonomy that was validated there comes in on standard input, the folder as an argument.
const [folder = ''] = process.argv.slice(2)
trainTriage(JSON.parse(await text(process.stdin)) as Taxonomy, folder)
