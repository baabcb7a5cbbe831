<?php
// Records what PHP itself makes of the cases below, as tables for the tests:
//     php -d max_input_vars=1000000 tests/common/vectors/make.php
// Needed only when a case is added; the tests read the JSON files beside this one.

function keep(string $name, array $rows): void {
    $lines = array_map(fn($row) => json_encode($row, JSON_THROW_ON_ERROR | JSON_PRESERVE_ZERO_FRACTION), $rows);
    file_put_contents(__DIR__ . "/$name.json", "[\n" . implode(",\n", $lines) . "\n]\n");
}

// form bodies: [query, what parse_str makes of it]
$queries = [
    '', '&', '&&&', '=', '=a', 'a', 'a=', 'a=b', 'a=b=c', 'a=b&a=c', 'a=b&', '&a=b',
    'a[]=1&a[]=2', 'a[0]=1&a[1]=2', 'a[1]=1&a[0]=2', 'a[0]=1&a[2]=2', 'a[5]=1&a[]=2',
    'a[-5]=1&a[]=2', 'a[-1]=1&a[]=2&a[]=3', 'a[x]=1&a[]=2', 'a[]=1&a[x]=2&a[]=3',
    'a[1]=x&a[01]=y', 'a[-0]=x&a[]=y', 'a[+1]=x', 'a[ 1]=x', 'a[1 ]=x', 'a[1.0]=x', 'a[1e1]=x',
    'a[9223372036854775807]=x', 'a[9223372036854775808]=x', 'a[-9223372036854775808]=x',
    'a[-9223372036854775809]=x', 'a[9223372036854775807]=x&b=y', 'a[--5]=x', 'a[-]=x', 'a[5-]=x&a[]=y', 'a[-05]=x', 'a[00]=x', 'a[-9223372036854775808]=x&a[]=y', '--5=x',
    'a=1&a[]=2', 'a[]=1&a=2', 'a[b]=1&a[b][c]=2', 'a[b][c]=1&a[b]=2', 'a[b][c]=1&a[b][]=2',
    'a[][x]=1&a[][x]=2', 'a[][x]=1&a[][y]=2', 'a[][][]=1', 'a[0][]=1&a[0][]=2', 'a[]=&a[]',
    'Item[0][ItemID]=A&Item[0][Qty]=1&Item[1][ItemID]=B', 'Item[1][a]=1&Item[0][a]=2',
    'a.b=1', 'a b=1', 'a+b=1', 'a%20b=1', 'a..b=1', '.a=1', ' a=1', '+a=1', '%20a=1', '%20%20a[b]=1',
    'a.b[c.d]=1', 'a b[c d]=1', 'a[b.c]=1', 'a.[b]=1', 'a [b]=1', 'a[b] =1',
    'a[=1', 'a[b=1', 'a[b[c]=1', 'a[[b]=1', 'a[[b]]=1', 'a]b=1', 'a]=1', '[a]=1', '[]=1', '[=1', ']=1', '[[=1', '[a=1',
    'a[b]c=1', 'a[b]c[d]=1', 'a[b][=1', 'a[b][c=1', 'a[b]]=1', 'a[]]=1', 'a[][=1', 'a[][b=1', 'a[b.c[=1', 'a[b c=1', 'a.b[c.d=1', 'a[b[=1',
    'a[ ]=1', 'a[  ]=1', 'a[%09]=1', 'a[%0A]=1', 'a[%0D]=1', 'a[ ]=1&a[ ]=2', 'a[ b]=1', 'a[%0B]=1', 'a[%0C]=1', 'a[%C2%A0]=1',
    'a%5B%5D=1&a%5B%5D=2', 'a%5Bb%5D=1', 'a[%5D]=1', 'a%5B%5Bb%5D%5D=1', 'a[b%5B]=1', 'a[b]%5Bc%5D=1',
    'a%00b=1', 'a%00=1', '%00a=1', 'a[b%00c]=1', 'a[b%00]=1', 'a[%00]=1', 'a=b%00c', 'a[b]%00[c]=1',
    'a=%C3%A9', '%C3%A9=1', '%C3%A9[%C3%A9]=%F0%9F%9A%B2', 'a=%E2%82%AC', 'a=1%2', 'a=%', 'a=%zz', 'a=%4', '%=1', '%5=1',
    'a=+b+', 'a=%2B', 'a=b%26c%3Dd', 'a%26b=1', 'a%3Db=1', 'a;b=1', 'a=1;b=2',
    '0=a', '0=a&1=b', '1=a&0=b', '-1=a', '01=a', '0[0]=a', '0[]=a&1[]=b', '5=a&a=b',
    'a[b]=1&a[B]=2', 'A=1&a=2', 'a[]=1&a[0]=2', 'a[0]=1&a[]=2&a[0]=3', 'a[2]=1&a[1]=2&a[]=3',
    'a[b][]=1&a[c][]=2&a[b][]=3', 'a[0][b]=1&a[00][b]=2', 'a=1&a.=2&a_=3', 'a_b=1&a.b=2&a b=3',
    'data=%7B%22a%22%3A1%7D', 'a[\'b\']=1', 'a["b"]=1', 'a[<b>]=1', 'a[b/c]=1', 'a[b\\c]=1', 'a=\\', 'a=\'"',
    'a%5b0%5d=lower', 'a[0]%5B1%5D[2]=x', '__proto__[x]=1', 'a[__proto__]=1', 'this=1', 'GLOBALS[x]=1', '_GET[x]=1',
    'a' . str_repeat('[b]', 63) . '=1', 'a' . str_repeat('[b]', 64) . '=1', 'a' . str_repeat('[]', 64) . '=1',
    http_build_query(['Item' => [['SKU' => 'A-1', 'Price' => 3.5, 'On' => true, 'Off' => false, 'None' => null, 'E' => []], ['SKU' => 'Ü ~"\'']]]),
];
mt_srand(20261121);  // the same random queries each time
$letters = ['a', 'b', '[', ']', '[]', '[a]', '[0]', '[1]', '=', '&', '.', '+', ' ', '0', '1', '-', '%5B', '%5D', '%00', '_', '=x&', '=y&a', '&a'];
while (count($queries) < 900) {
    $query = '';
    for ($n = mt_rand(2, 14); $n > 0; $n--) { $query .= $letters[mt_rand(0, count($letters) - 1)]; }
    $queries[] = $query;
}
$rows = [];
foreach (array_unique($queries) as $query) {
    parse_str($query, $parsed);
    $rows[] = [$query, $parsed ?: new stdClass()];
}
// two answers that PHP gives with keys 0, 1, ... at the top are lists in JSON; the test knows
keep('parse_str', $rows);

// what http_build_query makes of values: [value, body]
$values = [
    ['a' => 1], ['a' => 'b c'], ['a' => '~-_.'], ['a' => "\u{e9}\u{1f6b2}"], ['a' => ['x', 'y']], ['a' => ['x' => ['y' => 'z']]],
    ['a' => true, 'b' => false, 'c' => null, 'd' => '', 'e' => []], ['a' => [[], [1], null, 2]],
    ['a b' => ['c[d]' => 'e&f=g']], ['a' => 0], ['a' => -1], ['a' => 1.5], ['a' => 0.05], ['a' => '0'], ['7' => 'x'],
    ['a' => "line\r\nend\ttab"], ['a' => '!"#$%&\'()*+,/:;<=>?@[\\]^`{|}'], ['data' => ['SKU' => 'A', 'PriceTiers' => [['qty' => 10, 'price' => 3.76]]]],
];
keep('http_build_query', array_map(fn($v) => [$v, http_build_query($v)], $values));

// serialized values: [text, value as JSON]; bytes as they are, so only UTF-8 here
$values = [
    null, true, false, 0, 1, -1, PHP_INT_MAX, PHP_INT_MIN, 0.5, 3.0, -2.5, 0.1, 1e25, 1.5e-7, 1e15, 123456789012345678.0, 1e-5, 0.0001, 100000.0, 1.0e100,
    1e16, 1e17, 123456789.125, 1.7976931348623157e308, 5e-324, -0.0,
    '', 'a', "\u{e9}", "\u{1f6b2} Rad", 'quote " and ; and }', "line\nend", "nul\0byte", '5', str_repeat('x', 300),
    [], [1, 2, 3], ['a' => 1], [3 => 'x', 1 => 'y'], ['1' => 'a', '01' => 'b', '-0' => 'c', '-5' => 'd', '--5' => 'g', '-' => 'h', '' => 'e', '1.5' => 'f'],
    [[['deep' => [[null]]]]], ['width' => 800, 'sizes' => ['thumbnail' => ['file' => 'a-150x150.jpg', 'mime-type' => 'image/jpeg']]],
    ['administrator' => true], ["size" => ['name' => 'Size', 'value' => 'S | M', 'position' => 0, 'is_visible' => 1]],
    ['9223372036854775807' => 1, '9223372036854775808' => 2, '-9223372036854775808' => 3, '-9223372036854775809' => 4],
];
keep('serialize', array_map(fn($v) => [serialize($v), is_array($v) && $v && !array_is_list($v) ? ['array' => array_map(null, array_keys($v), array_values($v))] : $v], $values));

// secrets as the plugin stores them: [AUTH_KEY . AUTH_SALT split in two, plain, stored]
$rows = [];
$salts = [
    ['put your unique phrase here, 1234567890', 'another unique phrase'],
    ["k\u{e9}y with two-byte letters \u{e9}\u{e9}\u{e9}\u{e9}\u{e9}", 'salt'],
    ['short', 'salt'], ['', 'only the salt, longer than thirty-two bytes'], ['exactly thirty-two bytes long !!', ''],
];
$secrets = ['a', '', 'sixteen bytes !!', "p\u{e4}ss \u{1f6b2}", 'with::colons', ' blanks ', str_repeat('long', 100), '0'];
foreach ($salts as $at => [$key, $salt]) {
    foreach ($secrets as $number => $secret) {
        $iv = substr(hash('sha256', "$at/$number", true), 0, 16);
        $cipher = openssl_encrypt($secret, 'aes-256-cbc', substr($key . $salt, 0, 32), 0, $iv);
        $rows[] = [$key, $salt, $secret, base64_encode($cipher . '::' . base64_encode($iv))];
    }
}
keep('secrets', $rows);
