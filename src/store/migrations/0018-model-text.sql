-- Name of the model that wrote or changed a draft's text; null: nobody but people and templates did.
alter table drafts add column model text;
