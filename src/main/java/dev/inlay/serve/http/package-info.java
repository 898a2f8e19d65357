/** A predictor over HTTP: routes, limits, problems, the page to try a task. See {@code docs/http.md}. */
package dev.inlay.serve.http;
