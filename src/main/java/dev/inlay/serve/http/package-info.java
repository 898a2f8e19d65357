/** A predictor over HTTP: routes, limits, problems, pages to try and train tasks and to read the API. See {@code docs/http.md}. */
package dev.inlay.serve.http;
