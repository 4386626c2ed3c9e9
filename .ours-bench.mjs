import {createProxy} from "/work/main/pipeline/routers/proxy/proxy.ts";
const p=createProxy();p.route("a",+process.argv[3]);p.route("b",+process.argv[3]);await p.listen(+process.argv[2]);p.shift({a:90,b:10});
