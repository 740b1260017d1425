import { parentPort, workerData } from 'node:worker_threads'
import { openStore } from '../../store/database.ts'
import type { ApartRequest } from './simulate-apart.ts'
import { simulateStored } from './simulate-stored.ts'

const { databaseUrl, rules, ...options } = workerData as ApartRequest
const store = openStore(databaseUrl, { max: 1 })
try {
  parentPort?.postMessage(await simulateStored(store, rules, options))
} finally {
  await store.destroy()
}
