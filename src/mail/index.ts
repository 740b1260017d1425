export { deliverMail, type MailOutcome } from './deliver.ts'
export { MailDataError, type RenderedMail } from './mail-template.ts'
export { createMailer, type Mailer, MailRejectedError, type OutgoingMail } from './mailer.ts'
export { loadMailTemplates, type MailTemplates } from './templates.ts'
