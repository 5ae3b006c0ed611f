// zod tries at its first use whether the page may make code from text, which our content security policy forbids and the browser reports.
// Pages that load rules with schemas import this first.
import {config} from "zod";

config({jitless: true});
