export { type ChartSpec, type ChartView, chartOf, type Series, type Tone } from './chart.ts'
export { sparkOf } from './spark.ts'
export { daysOf, type Step, stepsBack } from './steps.ts'
export { theMost } from './the-most.ts'
