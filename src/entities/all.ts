/** The roll call: the only file that names every entity. Importing it adds all of them to the builder. */
import "./location/schema.ts";
import "./contact/schema.ts";
import "./contact/queries.ts";
import "./contact/custom-fields-schema.ts";
import "./user/schema.ts";
import "./business/schema.ts";
import "./calendar/schema.ts";
import "./tag/schema.ts";
import "./workflow/schema.ts";
import "./campaign/schema.ts";
import "./task/schema.ts";
import "./note/schema.ts";
import "./appointment/schema.ts";
