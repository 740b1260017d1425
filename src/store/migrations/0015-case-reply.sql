-- A refund rule that spoke chose the answer: the next draft of the case is written from the replies of this code.
alter table cases add column reply_code text;
