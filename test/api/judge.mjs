// Judges the OpenAPI document of the gateway from outside. Prints one line for each complaint, and nothing when all is well.
//
//   node test/api/judge.mjs lint DOCUMENT               by the rules of redocly (redocly.yaml lies beside this file)
//   node test/api/judge.mjs answers DOCUMENT ANSWERS    compares real answers with it: lines of JSON
//                                                       {"method", "path", "status", "type", "text"}
//
// The packages are those that are installed in build/npm-test of the current folder.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const installed = createRequire(resolve('build/npm-test/package.json'));

async function lint(file) {
    const { lint, loadConfig } = installed('@redocly/openapi-core');
    const config = await loadConfig({ configPath: resolve(dirname(fileURLToPath(import.meta.url)), 'redocly.yaml') });
    for (const problem of await lint({ ref: file, config })) {
        console.log(`${problem.severity} ${problem.ruleId}: ${problem.message} at ${problem.location[0]?.pointer}`);
    }
}

// What any request may hear, before it is known which operation it is for.
const general = [405, 412, 413, 414, 415, 431, 501];

function answers(file, recorded) {
    const document = JSON.parse(readFileSync(file, 'utf8'));
    const Ajv = installed('ajv/dist/2020').default;
    const ajv = new Ajv({ strict: false, allErrors: true });
    installed('ajv-formats').default(ajv);
    ajv.addSchema(document, 'openapi.json');
    const known = new Set(Object.keys(document.components.schemas.Problem.properties));
    const addresses = Object.keys(document.paths).map((path) => [path, new RegExp(`^${path.replace(/\{\w+\}/g, '[0-9]+')}$`)]);
    const pointer = (part) => encodeURIComponent(part.replaceAll('~', '~0').replaceAll('/', '~1'));
    const complaints = new Set();
    let compared = 0;
    for (const line of readFileSync(recorded, 'utf8').split('\n').filter(Boolean)) {
        const answer = JSON.parse(line);
        const path = addresses.find(([, form]) => form.test(answer.path.replace(/\?.*/s, '')))?.[0];
        const method = answer.method.toLowerCase();
        const operation = document.paths[path]?.[method];
        if (!operation) continue;
        const name = `${method} ${path} ${answer.status}`;
        const response = operation.responses[answer.status];
        if (!response) {
            if (!general.includes(answer.status)) complaints.add(`${name}: the document has no such status: ${answer.text}`);
            continue;
        }
        if (!response.content) continue;
        if (!response.content[answer.type]) {
            complaints.add(`${name}: the document has no ${answer.type}`);
            continue;
        }
        const body = JSON.parse(answer.text);
        const place = ['paths', path, method, 'responses', `${answer.status}`, 'content', answer.type, 'schema'].map(pointer).join('/');
        const validate = ajv.getSchema(`openapi.json#/${place}`);
        compared += 1;
        if (!validate(body)) complaints.add(`${name}: ${ajv.errorsText(validate.errors)}: ${answer.text.slice(0, 300)}`);
        if (answer.status >= 400) {
            for (const member of Object.keys(body).filter((each) => !known.has(each))) complaints.add(`${name}: Problem has no ${member}`);
        }
    }
    for (const complaint of complaints) console.log(complaint);
    if (compared === 0) console.log('nothing was compared');
}

const [command, ...files] = process.argv.slice(2);
await { lint, answers }[command](...files);
