// SPDX-License-Identifier: Apache-2.0
// node oracle.mjs PACKAGES: Ajv's verdicts. Each line on stdin is {"dialect","schema","values"}; the answer is one line,
// {"valid":[…]} or {"error":"…"} when Ajv does not take the schema. It ends with stdin.
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';

const require = createRequire(join(resolve(process.argv[2] ?? '.'), 'package.json'));
const addFormats = require('ajv-formats').default;
const { fullFormats } = require('ajv-formats/dist/formats');

// ---- The one place where Ajv and Countersign are reconciled -----------------------------------------------------------

/// The exact value of a finite number as JSON writes it: digits × 10^exponent.
function decimal(number) {
    const [, sign, whole, fraction = '', exponent = '0'] = /^(-?)(\d+)(?:\.(\d+))?(?:e([+-]?\d+))?$/.exec(String(number));
    return { digits: BigInt(sign + whole + fraction), exponent: Number(exponent) - fraction.length };
}

/// Ajv divides doubles, for which 19.99 is no multiple of 0.01. Countersign's numbers are decimals.
function isMultiple(divisor, number) {
    const a = decimal(number);
    const b = decimal(divisor);
    const exponent = Math.min(a.exponent, b.exponent);
    const scaled = ({ digits, exponent: own }) => digits * 10n ** BigInt(own - exponent);
    return scaled(a) % scaled(b) === 0n;
}

/// RFC 3986 to the letter. Ajv's own expressions let colons stand in host names and in first segments.
const pchar = String.raw`(?:[a-z0-9\-._~!$&'()*+,;=:@]|%[0-9a-f]{2})`;
const segments = `(?:/${pchar}*)*`;
const authority = String.raw`//(?:(?:[a-z0-9\-._~!$&'()*+,;=:]|%[0-9a-f]{2})*@)?(?:\[([^\]]*)\]|(?:[a-z0-9\-._~!$&'()*+,;=]|%[0-9a-f]{2})*)(?::\d*)?`;
const tail = String.raw`(?:\?(?:${pchar}|[/?])*)?(?:#(?:${pchar}|[/?])*)?`;
const absolute = new RegExp(`^[a-z][a-z0-9+.-]*:(?:${authority}${segments}|/(?:${pchar}+${segments})?|${pchar}+${segments}|)${tail}$`, 'i');
const relative = new RegExp(`^(?:${authority}${segments}|/(?:${pchar}+${segments})?|(?!:)(?:(?!:)${pchar})+${segments}|)${tail}$`, 'i');

function fits(expression, text) {
    const match = expression.exec(text);
    const host = match?.[1];
    return match !== null && (host === undefined || fullFormats.ipv6.test(host) || /^v[0-9a-f]+\.[a-z0-9\-._~!$&'()*+,;=:]+$/i.test(host));
}

function reconcile(ajv) {
    ajv.removeKeyword('multipleOf');
    ajv.addKeyword({ keyword: 'multipleOf', type: 'number', schemaType: 'number', validate: isMultiple });
    // RFC 3339 appendix A: no unit is left out between two others, so P1Y2D is none. Ajv takes any selection.
    ajv.addFormat('duration',
        /^P(?:\d+W|(?:\d+D|\d+M(?:\d+D)?|\d+Y(?:\d+M(?:\d+D)?)?)(?:T(?:\d+S|\d+M(?:\d+S)?|\d+H(?:\d+M(?:\d+S)?)?))?|T(?:\d+S|\d+M(?:\d+S)?|\d+H(?:\d+M(?:\d+S)?)?))$/);
    ajv.addFormat('uri', (text) => fits(absolute, text));
    ajv.addFormat('uri-reference', (text) => fits(absolute, text) || fits(relative, text));
    // Patterns are those of ECMA-262 with the flag u, as the specification of `pattern` has it, so `regex` is as well.
    ajv.addFormat('regex', (text) => {
        try {
            return new RegExp(text, 'u') !== null;
        } catch {
            return false;
        }
    });
    // RFC 1123 has no root label: a dot at the end belongs to DNS.
    ajv.addFormat('hostname', (text) => !text.endsWith('.') && fullFormats.hostname.test(text));
    // RFC 5321 does not ask for a dot in a domain.
    ajv.addFormat('email',
        /^[a-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*@[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*$/i);
    // RFC 4122 as a plain UUID: `urn:uuid:` in front makes a URI of it.
    ajv.addFormat('uuid', /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i);
}

// ------------------------------------------------------------------------------------------------------------------------

const options = {
    strict: false,
    ownProperties: true, // A value has the members it has, not those of JavaScript's objects.
    addUsedSchema: false,
    logger: false,
};
const dialects = Object.fromEntries([
    ['draft-07', require('ajv').default],
    ['2019-09', require('ajv/dist/2019').default],
    ['2020-12', require('ajv/dist/2020').default],
].map(([name, Ajv]) => {
    const ajv = new Ajv(options);
    addFormats(ajv, { mode: 'full' });
    reconcile(ajv);
    return [name, ajv];
}));

function answer({ dialect, schema, values }) {
    const ajv = dialects[dialect];
    try {
        const validate = ajv.compile(schema);
        return { valid: values.map((value) => validate(value)) };
    } catch (error) {
        return { error: String(error?.message ?? error) };
    } finally {
        ajv.removeSchema(typeof schema === 'object' ? schema : undefined); // Without one: all that is cached.
    }
}

for await (const line of createInterface({ input: process.stdin })) {
    process.stdout.write(JSON.stringify(answer(JSON.parse(line))) + '\n');
}
